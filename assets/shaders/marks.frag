#version 330 core
#include "marks.glsl"
in vec2 v_texel;
out vec4 f_colour;

void main() {
    f_colour = marks_over(v_texel);
}
