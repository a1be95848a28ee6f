// Half a grey level of noise, so that wide dark gradients do not band in eight bits.
vec3 dithered(vec3 colour, vec2 pixel) {
    float noise = fract(52.9829189 * fract(dot(pixel, vec2(0.06711056, 0.00583715))));
    return colour + (noise - 0.5) / 255.0;
}
