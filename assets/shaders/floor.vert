#version 330 core
uniform mat4 u_view_projection;
uniform float u_floor;
in vec2 in_corner;
out vec2 v_at;

void main() {
    v_at = in_corner * 3.4;
    gl_Position = u_view_projection * vec4(v_at, u_floor, 1.0);
}
