#version 330 core
#include "dither.glsl"
uniform vec3 u_void_centre;
uniform vec3 u_void_edge;
uniform vec2 u_centre;
uniform float u_aspect;
in vec2 v_screen;
out vec4 f_colour;

void main() {
    vec2 away = (v_screen - u_centre) * vec2(min(u_aspect, 1.6), 1.0) * 0.62;
    float share = smoothstep(0.0, 1.0, min(length(away), 1.0));
    f_colour = vec4(dithered(mix(u_void_centre, u_void_edge, share), gl_FragCoord.xy), 1.0);
}
