#version 330 core
#include "ground.glsl"
#include "nearer.glsl"
uniform mat4 u_view;
uniform mat4 u_projection;
uniform vec2 u_size;     // of the picture, pixels
uniform vec2 u_middle;   // share of the domain
uniform float u_radius;  // scene units
uniform float u_line;    // half the width, pixels
uniform float u_edge;    // width of the edge, pixels
in vec2 in_corner;       // share of the circle, and which side of the line
out float v_across;      // from the middle of the line, pixels
out vec2 v_share;

const float TURN = 6.2831853;
const float APART = 0.002;   // share of the circle between two points that tell its direction
const float NEARER = 0.012;  // scene units

vec2 share_at(float turn) {
    return u_middle + u_radius * vec2(cos(TURN * turn), sin(TURN * turn)) / (2.0 * u_half_size);
}

vec4 clip_at(vec2 share) {
    return u_projection * nearer(u_view * vec4(ground_point(clamp(share, 0.0, 1.0)), 1.0), NEARER);
}

void main() {
    v_share = share_at(in_corner.x);
    v_across = in_corner.y * (u_line + u_edge + 1.0);
    vec4 here = clip_at(v_share);
    vec4 before = clip_at(share_at(in_corner.x - APART)), after = clip_at(share_at(in_corner.x + APART));
    if (min(here.w, min(before.w, after.w)) <= 0.0) {
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        return;
    }
    vec2 way = (after.xy / after.w - before.xy / before.w) * u_size;
    vec2 along = length(way) > 1e-6 ? normalize(way) : vec2(1.0, 0.0);
    gl_Position = here;
    gl_Position.xy += v_across * vec2(-along.y, along.x) * 2.0 / u_size * here.w;
}
