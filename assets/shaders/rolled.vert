#version 330 core
#include "sprite.glsl"
in float in_pole_x;      // of the stripe, a step before
in float in_pole_y;
in float in_pole_z;
flat out vec3 v_pole;    // now, view space
flat out vec3 v_stripe;  // its colour

const vec2 SEEN = vec2(10.0, 15.0);   // pixels of diameter between which the stripe appears
const vec2 BLURRED = vec2(0.7, 1.8);  // radians a step between which it runs into the rest

// A pole after the ball has rolled `way` radii, as in rolling.py.
vec3 turned(vec3 pole, vec2 way) {
    float angle = length(way);
    vec2 heading = way / max(angle, 1e-12);
    float ahead = dot(pole.xy, heading), cosine = cos(angle), sine = sin(angle);
    return vec3(pole.xy + ((cosine - 1.0) * ahead + sine * pole.z) * heading, cosine * pole.z - sine * ahead);
}

void main() {
    place_ball();
    vec2 way = vec2(in_x - in_previous_x, in_y - in_previous_y) / u_domain.zw * 2.0 * u_half_size / u_radius;
    v_pole = mat3(u_view) * turned(vec3(in_pole_x, in_pole_y, in_pole_z), u_alpha * way);
    float strength = smoothstep(SEEN.x, SEEN.y, v_pixels) * (1.0 - smoothstep(BLURRED.x, BLURRED.y, length(way)));
    // At rest it is there, and calls for no attention.
    if (in_status == SETTLED) strength *= 0.4;
    vec3 stripe = ball_stripe_colour(u_colours[in_colour & 7u]) * ball_shade(in_status);
    v_stripe = mix(v_look.rgb, stripe, strength);
}
