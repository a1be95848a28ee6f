#version 330 core
// Half the size by 13 taps in five overlapping squares, after Jimenez (2014), "Next generation post processing".
uniform sampler2D u_picture;
uniform float u_threshold;  // of the first step: only what is brighter sheds light; below 0 for all others
in vec2 v_texel;
out vec4 f_colour;

vec3 tap(vec2 texel, vec2 away) {
    return textureLod(u_picture, v_texel + away * texel, 0.0).rgb;
}

vec3 bright(vec3 colour) {
    if (u_threshold < 0.0) return colour;
    vec3 light = colour * colour;
    float luma = dot(light, vec3(0.2126, 0.7152, 0.0722));
    float most = max(light.r, max(light.g, light.b));
    float level = mix(luma, most, 0.5);
    // A soft knee; and what is tiny weighs less, so that single pixels do not flicker.
    float over = clamp((level - u_threshold) / (1.0 - u_threshold), 0.0, 1.0);
    return light * over * over;
}

void main() {
    vec2 texel = 1.0 / vec2(textureSize(u_picture, 0));
    vec3 inner = bright(tap(texel, vec2(-1, -1))) + bright(tap(texel, vec2(1, -1)))
               + bright(tap(texel, vec2(-1, 1))) + bright(tap(texel, vec2(1, 1)));
    vec3 edges = bright(tap(texel, vec2(-2, 0))) + bright(tap(texel, vec2(2, 0)))
               + bright(tap(texel, vec2(0, -2))) + bright(tap(texel, vec2(0, 2)));
    vec3 corners = bright(tap(texel, vec2(-2, -2))) + bright(tap(texel, vec2(2, -2)))
                 + bright(tap(texel, vec2(-2, 2))) + bright(tap(texel, vec2(2, 2)));
    vec3 middle = bright(tap(texel, vec2(0)));
    f_colour = vec4(0.125 * (inner + middle) + 0.0625 * edges + 0.03125 * corners, 1.0);
}
