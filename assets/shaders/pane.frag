#version 330 core
uniform sampler2D u_picture;
uniform ivec2 u_corner;  // of the place that it is laid on, pixels
out vec4 f_colour;

void main() {
    f_colour = texelFetch(u_picture, ivec2(gl_FragCoord.xy) - u_corner, 0);
}
