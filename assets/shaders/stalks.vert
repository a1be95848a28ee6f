#version 330 core
uniform mat4 u_view_projection;
uniform vec3 u_colours[8];
in vec3 in_position;
in uint in_colour;
flat out vec3 v_colour;

void main() {
    v_colour = u_colours[in_colour & 7u];
    gl_Position = u_view_projection * vec4(in_position, 1.0);
}
