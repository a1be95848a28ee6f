#version 330 core
#include "dither.glsl"
in vec3 v_colour;
out vec4 f_colour;

void main() {
    f_colour = vec4(dithered(v_colour, gl_FragCoord.xy), 1.0);
}
