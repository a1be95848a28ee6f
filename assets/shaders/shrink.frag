#version 330 core
// A picture made smaller: the mean of what lies under each pixel.
uniform sampler2D u_picture;
uniform vec2 u_pixel;  // of the small picture, as a share of it
uniform int u_taps;    // across and down, each the mean of up to four pixels
in vec2 v_texel;
out vec4 f_colour;

void main() {
    vec3 sum = vec3(0.0);
    for (int row = 0; row < u_taps; row++)
        for (int column = 0; column < u_taps; column++) {
            vec2 away = (vec2(column, row) + 0.5) / float(u_taps) - 0.5;
            sum += textureLod(u_picture, v_texel + away * u_pixel, 0.0).rgb;
        }
    f_colour = vec4(sum / float(u_taps * u_taps), 1.0);
}
