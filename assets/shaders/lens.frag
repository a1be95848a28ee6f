#version 330 core
// Blurs what is out of focus, one spiral of taps a pixel, after Gustafsson (2018), "Bokeh depth of field in a single
// pass": a tap counts as far as its own blur reaches, and what lies behind never spreads over what is sharp.
#include "distance.glsl"
uniform sampler2D u_picture;
uniform float u_focus;     // distance at which all is sharp
uniform float u_aperture;  // radius of the blur of what is infinitely far away, pixels
uniform float u_widest;    // largest radius, pixels
in vec2 v_texel;
out vec4 f_colour;

const float GOLDEN_ANGLE = 2.3999632;
const float TAPS = 72.0;

// Distance and radius of the blur; the void is smooth, and what stands before it may be light without depth.
vec2 blur_at(vec2 texel) {
    float depth = textureLod(u_depth, texel, 0.0).r;
    float away = distance_of(depth);
    float radius = min(u_aperture * abs(away - u_focus) / away, u_widest);
    return vec2(away, depth < VOID ? radius : 0.0);
}

void main() {
    vec2 pixel = 1.0 / vec2(textureSize(u_picture, 0));
    vec2 here = blur_at(v_texel);
    vec3 colour = textureLod(u_picture, v_texel, 0.0).rgb;
    vec3 light = colour * colour;
    float total = 1.0;
    float step = u_widest * u_widest / (2.0 * TAPS);
    float radius = max(step, 1.0), angle = 0.0;
    while (radius < u_widest) {
        vec2 at = v_texel + vec2(cos(angle), sin(angle)) * radius * pixel;
        vec2 there = blur_at(at);
        vec3 tap = textureLod(u_picture, at, 0.0).rgb;
        float reach = there.x > here.x ? min(there.y, 2.0 * here.y) : there.y;
        light += mix(light / total, tap * tap, smoothstep(radius - 0.5, radius + 0.5, reach));
        total += 1.0;
        radius += step / radius;
        angle += GOLDEN_ANGLE;
    }
    f_colour = vec4(sqrt(light / total), 1.0);
}
