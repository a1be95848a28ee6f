#version 330 core
#include "dither.glsl"
uniform vec3 u_rim;
uniform vec3 u_foot;
uniform float u_floor;
in float v_height;
in float v_below;
in float v_facing;
out vec4 f_colour;

void main() {
    float depth = clamp(v_below / 0.55, 0.0, 1.0);
    vec3 colour = mix(u_rim, u_foot, sqrt(depth)) * mix(0.72, 1.45, v_facing);
    // Strata: beds of uneven thickness, a touch lighter and darker.
    float bed = v_height * 34.0;
    float layer = fract(sin(floor(bed) * 12.9898) * 43758.5453);
    float seam = smoothstep(0.0, 0.14, fract(bed));
    colour *= (0.84 + 0.32 * layer) * (0.86 + 0.14 * seam);
    // A cut edge catches the light.
    colour += 0.30 * u_rim * exp(-v_below * 90.0);
    // The foot grounds itself in its own shadow.
    colour *= mix(0.55, 1.0, smoothstep(0.0, 0.16, v_height - u_floor));
    f_colour = vec4(dithered(colour, gl_FragCoord.xy), 1.0);
}
