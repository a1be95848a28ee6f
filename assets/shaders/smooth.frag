#version 330 core
// Edges found by luma contrast are blended along their direction, after Lottes (2009), FXAA.
#include "finish.glsl"
uniform sampler2D u_picture;
in vec2 v_texel;
out vec4 f_colour;

float luma(vec3 colour) { return dot(colour, vec3(0.299, 0.587, 0.114)); }

void main() {
    vec2 pixel = 1.0 / vec2(textureSize(u_picture, 0));
    vec3 middle = textureLod(u_picture, v_texel, 0.0).rgb;
    float nw = luma(textureLod(u_picture, v_texel + vec2(-1.0, -1.0) * pixel, 0.0).rgb);
    float ne = luma(textureLod(u_picture, v_texel + vec2(1.0, -1.0) * pixel, 0.0).rgb);
    float sw = luma(textureLod(u_picture, v_texel + vec2(-1.0, 1.0) * pixel, 0.0).rgb);
    float se = luma(textureLod(u_picture, v_texel + vec2(1.0, 1.0) * pixel, 0.0).rgb);
    float here = luma(middle);
    float low = min(here, min(min(nw, ne), min(sw, se)));
    float high = max(here, max(max(nw, ne), max(sw, se)));
    if (high - low < max(0.04, high * 0.12)) {
        f_colour = vec4(finished(middle, v_texel), 1.0);
        return;
    }
    vec2 along = vec2(sw + se - nw - ne, nw + sw - ne - se);
    float shrink = 1.0 / (min(abs(along.x), abs(along.y)) + max((nw + ne + sw + se) * 0.03125, 0.0078125));
    along = clamp(along * shrink, -8.0, 8.0) * pixel;
    vec3 narrow = 0.5 * (textureLod(u_picture, v_texel - along / 6.0, 0.0).rgb
                       + textureLod(u_picture, v_texel + along / 6.0, 0.0).rgb);
    vec3 wide = 0.5 * narrow + 0.25 * (textureLod(u_picture, v_texel - along * 0.5, 0.0).rgb
                                     + textureLod(u_picture, v_texel + along * 0.5, 0.0).rgb);
    float reached = luma(wide);
    f_colour = vec4(finished(reached < low || reached > high ? narrow : wide, v_texel), 1.0);
}
