#version 330 core
uniform mat4 u_view_projection;
uniform vec2 u_size;         // of the picture, pixels
uniform float u_point_scale; // pixels for a unit at distance one
uniform float u_radius;      // of a ball, scene units
uniform float u_pixel;       // size of a reference pixel
in vec4 in_middle;          // scene units, and how strongly it shows
in vec3 in_colour;
flat out vec3 v_colour;
flat out float v_strength;
flat out float v_ball;       // radius of the ball, reference pixels
out vec2 v_at;               // from the ball's middle, reference pixels, y up

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
    vec4 clip = u_view_projection * vec4(in_middle.xyz, 1.0);
    v_colour = in_colour;
    v_strength = in_middle.w;
    v_ball = u_point_scale * u_radius / clip.w / u_pixel;
    float reach = v_ball * 2.2 + 28.0;
    v_at = corner * reach;
    gl_Position = vec4(clip.xy / clip.w + v_at * u_pixel * 2.0 / u_size, 0.0, 1.0);
}
