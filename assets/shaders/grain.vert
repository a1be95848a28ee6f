#version 330 core
uniform vec4 u_box;  // left, bottom, right, top of what balls cover, in device coordinates
in vec2 in_corner;

void main() {
    gl_Position = vec4(mix(u_box.xy, u_box.zw, in_corner * 0.5 + 0.5), 0.0, 1.0);
}
