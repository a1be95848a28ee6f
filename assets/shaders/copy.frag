#version 330 core
#include "finish.glsl"
uniform sampler2D u_picture;
uniform int u_taps;  // across and down, each the mean of four pixels
in vec2 v_texel;
out vec4 f_colour;

void main() {
    vec2 pixel = 1.0 / vec2(textureSize(u_picture, 0));
    vec3 sum = vec3(0.0);
    for (int row = 0; row < u_taps; row++)
        for (int column = 0; column < u_taps; column++)
            sum += texture(u_picture, v_texel + pixel * vec2(2 * ivec2(column, row) - u_taps + 1)).rgb;
    f_colour = vec4(finished(sum / float(u_taps * u_taps), v_texel), 1.0);
}
