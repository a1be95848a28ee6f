#version 330 core
#include "ball.glsl"
flat in vec4 v_look;    // colour, gloss
flat in float v_pixels;
flat in vec3 v_pole;    // of the stripe, view space
flat in vec3 v_stripe;  // its colour
out vec4 f_colour;

void main() {
    // The sprite is a pixel wider than the ball, for a soft rim.
    vec2 at = (gl_PointCoord * 2.0 - 1.0) * vec2(1.0, -1.0) * (v_pixels + 1.0) / v_pixels;
    float coverage = ball_coverage(at, v_pixels);
    if (coverage <= 0.02) discard;
    vec3 plain = mix(v_look.rgb, v_stripe, ball_stripe(at, v_pixels, v_pole));
    f_colour = vec4(ball_light(at, v_pixels, plain, v_look.a), coverage);
}
