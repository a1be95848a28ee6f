#version 330 core
#include "finish.glsl"
uniform sampler2D u_picture;
in vec2 v_texel;
out vec4 f_colour;

void main() {
    f_colour = vec4(finished(texture(u_picture, v_texel).rgb, v_texel), 1.0);
}
