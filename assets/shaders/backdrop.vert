#version 330 core
// The void and the floor are smooth, so a coarse grid of corners carries their colours.
uniform mat4 u_unproject;
uniform vec3 u_eye;
uniform vec3 u_void_centre;
uniform vec3 u_void_edge;
uniform vec2 u_centre;
uniform float u_aspect;
uniform float u_floor;
uniform vec3 u_floor_colour;
uniform vec2 u_half_size;
uniform float u_shade;
in vec2 in_corner;
out vec3 v_colour;

void main() {
    vec2 away = (in_corner - u_centre) * vec2(min(u_aspect, 1.6), 1.0) * 0.62;
    vec3 colour = mix(u_void_centre, u_void_edge, smoothstep(0.0, 1.0, length(away)));

    // Where the ray meets the floor; looking up it meets nothing, and the floor has faded long before.
    vec4 far = u_unproject * vec4(in_corner, 1.0, 1.0);
    vec3 ray = far.xyz / far.w - u_eye;
    vec2 at = u_eye.xy + ray.xy * (u_floor - u_eye.z) / min(ray.z, -1e-3);
    vec2 beside = max(abs(at - vec2(0.16, -0.10)) - u_half_size, 0.0);
    float shadow = 1.0 / (1.0 + 15.0 * dot(beside, beside));
    shadow *= shadow;
    float lit = (1.0 - smoothstep(0.9, 3.3, length(at))) * max(0.55, shadow);
    v_colour = mix(colour, u_floor_colour * (1.0 - u_shade * shadow), lit);
    gl_Position = vec4(in_corner, 0.9999, 1.0);
}
