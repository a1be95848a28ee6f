#version 330 core
uniform sampler2D u_font;
in vec2 v_texel;
in vec4 v_colour;
out vec4 f_colour;

void main() {
    f_colour = v_colour * texture(u_font, v_texel);
}
