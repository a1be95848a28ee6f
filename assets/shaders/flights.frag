#version 330 core
#include "ball.glsl"
flat in vec3 v_colour;
flat in vec4 v_ends;
flat in vec2 v_pixels;
flat in float v_age;
out vec4 f_colour;

void main() {
    vec2 from_head = gl_FragCoord.xy - v_ends.xy, way = v_ends.zw - v_ends.xy;
    float back = clamp(dot(from_head, way) / max(dot(way, way), 1e-6), 0.0, 1.0);
    // The streak narrows and fades towards its tail, and glows at first.
    float half_width = 0.5 * mix(v_pixels.x, 0.3 * v_pixels.y, back);
    float streak = clamp(half_width - length(from_head - back * way) + 0.5, 0.0, 1.0) * 0.7 * (1.0 - back) * (1.0 - back);
    vec2 at = from_head * 2.0 / v_pixels.x;
    float coverage = ball_coverage(at, v_pixels.x);
    float opacity = coverage + (1.0 - coverage) * streak, visible = opacity * (1.0 - smoothstep(0.5, 1.0, v_age));
    if (visible <= 0.01) discard;

    float heat = (1.0 - back) * (1.0 - smoothstep(0.0, 0.28, v_age));
    vec3 colour = mix(sqrt(v_colour), vec3(1.0), 0.2 + 0.5 * heat);
    vec3 ball = mix(ball_light(at, v_pixels.x, v_colour, ball_gloss(0u)), vec3(1.0), 0.45 * heat * heat);
    f_colour = vec4(mix(colour, ball, coverage / opacity), visible);
}
