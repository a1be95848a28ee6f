#version 330 core
#include "ball.glsl"
uniform mat4 u_view;
uniform mat4 u_projection;
uniform vec2 u_size;         // of the picture, pixels
uniform float u_point_scale; // pixels of diameter for a unit radius at distance one
uniform float u_radius;
uniform float u_least;       // pixels of diameter that a ball in the air has at least
uniform float u_time;        // ticks
uniform float u_length;      // of a flight, ticks
in vec3 in_start;            // scene units
in vec2 in_heading;          // unit length
in float in_tick;
in uint in_colour;
flat out vec3 v_colour;
flat out vec4 v_ends;        // head and tail, pixels
flat out vec2 v_pixels;      // diameters of both
flat out float v_age;        // share of the flight

const float UP = 1.35, DOWN = 0.85;     // scene units over a whole flight, and over its square
const float OUT = 0.45, FASTER = 1.35;  // likewise, along the ground: up first, then out
const float TAIL = 0.09;                // share of the flight that the streak shows

// Where a ball is at a share of its flight, in pixels, and its diameter; below zero behind the eye.
vec3 on_screen(float age, float vigour) {
    float along = age * (OUT + FASTER * age), high = age * (UP - DOWN * age);
    vec4 in_view = u_view * vec4(in_start + vigour * vec3(along * in_heading, high), 1.0);
    vec4 clip = u_projection * in_view;
    gl_Position.zw = vec2(clip.z / clip.w, 1.0);
    return vec3((clip.xy / clip.w * 0.5 + 0.5) * u_size, max(u_point_scale * u_radius / clip.w, u_least * sign(clip.w)));
}

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1 & 1) * 2.0 - 1.0;
    v_age = (u_time - in_tick) / u_length;
    // Not all as far, or a crowd would fly as one piece.
    float vigour = 0.75 + 0.5 * fract(dot(in_start.xy, vec2(71.3, 113.7)));
    vec3 tail = on_screen(max(v_age - TAIL, 0.0), vigour), head = on_screen(max(v_age, 0.0), vigour);
    v_colour = u_colours[in_colour & 7u];
    v_ends = vec4(head.xy, tail.xy);
    v_pixels = vec2(head.z, tail.z);
    if (v_age >= 1.0 || min(head.z, tail.z) <= 0.0) {
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        return;
    }
    vec2 way = head.xy - tail.xy;
    vec2 along = length(way) > 1e-3 ? normalize(way) : vec2(1.0, 0.0);
    vec2 end = corner.x > 0.0 ? head.xy : tail.xy;
    vec2 at = end + (0.5 * max(head.z, tail.z) + 1.0) * (corner.x * along + corner.y * vec2(-along.y, along.x));
    gl_Position.xy = at / u_size * 2.0 - 1.0;
}
