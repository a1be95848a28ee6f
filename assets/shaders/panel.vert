#version 330 core
uniform vec2 u_size;
in vec2 in_at;
in vec2 in_texel;
in vec4 in_colour;
out vec2 v_texel;
out vec4 v_colour;

void main() {
    v_texel = in_texel;
    v_colour = in_colour;
    gl_Position = vec4(in_at / u_size * vec2(2.0, -2.0) + vec2(-1.0, 1.0), 0.0, 1.0);
}
