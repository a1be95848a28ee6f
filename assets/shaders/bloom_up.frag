#version 330 core
// Twice the size by a tent of three by three taps.
uniform sampler2D u_picture;
uniform float u_weight;
in vec2 v_texel;
out vec4 f_colour;

void main() {
    vec2 texel = 1.0 / vec2(textureSize(u_picture, 0));
    vec3 sum = vec3(0.0);
    for (int row = -1; row <= 1; ++row)
        for (int column = -1; column <= 1; ++column)
            sum += textureLod(u_picture, v_texel + vec2(column, row) * texel, 0.0).rgb
                 * float((2 - abs(row)) * (2 - abs(column)));
    f_colour = vec4(sum * u_weight / 16.0, 1.0);
}
