#version 330 core
uniform float u_opacity;
flat in vec3 v_colour;
out vec4 f_colour;

void main() {
    f_colour = vec4(sqrt(v_colour), u_opacity);
}
