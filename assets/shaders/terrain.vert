#version 330 core
#include "ground.glsl"
uniform mat4 u_view_projection;
in vec2 in_share;
out vec2 v_texel;

void main() {
    v_texel = ground_texel(in_share);
    gl_Position = u_view_projection * vec4(ground_point(in_share), 1.0);
}
