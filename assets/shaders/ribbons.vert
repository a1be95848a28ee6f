#version 330 core
#include "nearer.glsl"
uniform mat4 u_view;
uniform mat4 u_projection;
uniform vec2 u_size;      // of the picture, pixels
uniform float u_band;     // half the width, pixels
uniform float u_edge;     // width of the edge, pixels
in vec2 in_corner;
in vec4 in_before;        // scene units, and how far along the ribbon it is
in vec4 in_from;
in vec4 in_to;
in vec4 in_after;
flat out vec2 v_before;   // pixels
flat out vec2 v_from;
flat out vec2 v_to;
flat out vec2 v_after;
flat out vec2 v_along;    // how far along the ribbon both ends are

#define REACH (u_band + u_edge + 1.0)
const float MOST_NEARER = 0.06;  // scene units; more would draw ribbons through hills

// The last component is below zero for what is behind the eye.
vec4 on_screen(vec3 point) {
    vec4 in_view = u_view * vec4(point, 1.0);
    // What half the width covers of ground that is seen from the side.
    float pixel = max(-in_view.z, 0.0) * 2.0 / (u_projection[1][1] * u_size.y);
    vec4 clip = u_projection * nearer(in_view, min(2.0 * REACH * pixel, MOST_NEARER));
    return vec4((clip.xy / clip.w * 0.5 + 0.5) * u_size, clip.z / clip.w, clip.w);
}

void main() {
    vec4 before = on_screen(in_before.xyz), after = on_screen(in_after.xyz);
    vec4 from = on_screen(in_from.xyz), to = on_screen(in_to.xyz);
    v_before = before.w > 0.0 ? before.xy : from.xy;
    v_after = after.w > 0.0 ? after.xy : to.xy;
    v_from = from.xy;
    v_to = to.xy;
    v_along = vec2(in_from.w, in_to.w);
    if (min(from.w, to.w) <= 0.0) {
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        return;
    }
    vec2 way = to.xy - from.xy;
    vec2 along = length(way) > 1e-4 ? normalize(way) : vec2(1.0, 0.0);
    vec4 end = in_corner.x < 0.0 ? from : to;
    vec2 at = end.xy + REACH * (in_corner.x * along + in_corner.y * vec2(-along.y, along.x));
    gl_Position = vec4(at / u_size * 2.0 - 1.0, end.z, 1.0);
}
