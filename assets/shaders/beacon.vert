#version 330 core
uniform mat4 u_view_projection;
uniform vec3 u_foot;
uniform vec2 u_side;   // horizontal direction to the right of the screen
uniform float u_height;
in vec2 in_corner;
out vec2 v_at;

void main() {
    v_at = in_corner;
    vec3 at = u_foot + vec3(u_side * in_corner.x * 0.016, (in_corner.y * 0.5 + 0.5) * u_height);
    gl_Position = u_view_projection * vec4(at, 1.0);
}
