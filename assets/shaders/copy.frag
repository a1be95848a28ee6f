#version 330 core
uniform sampler2D u_picture;
in vec2 v_texel;
out vec4 f_colour;

void main() {
    f_colour = texture(u_picture, v_texel);
}
