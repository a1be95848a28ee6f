#version 330 core
#include "dither.glsl"
uniform vec3 u_floor_colour;
uniform vec2 u_half_size;
uniform float u_shade;
in vec2 v_at;
out vec4 f_colour;

void main() {
    // The slab's shadow, soft, thrown away from the sun.
    vec2 away = max(abs(v_at - vec2(0.16, -0.10)) - u_half_size, 0.0);
    float shadow = exp(-dot(away, away) * 14.0);
    float fade = 1.0 - smoothstep(0.9, 3.3, length(v_at));
    vec3 colour = u_floor_colour * (1.0 - u_shade * shadow);
    f_colour = vec4(dithered(colour, gl_FragCoord.xy), fade * max(0.55, shadow));
}
