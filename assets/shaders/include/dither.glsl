// A grey level of noise, so that wide dark gradients do not band in eight bits: the R2 sequence of Roberts (2018).
vec3 dithered(vec3 colour, vec2 pixel) {
    return colour + fract(dot(pixel, vec2(0.7548777, 0.5698403))) / 255.0 - 0.5 / 255.0;
}
