#version 330 core
#include "marks.glsl"
uniform sampler2D u_heights;
uniform sampler2D u_ground;   // albedo and light, baked, sRGB
uniform vec3 u_contour;
uniform float u_contour_strength;
uniform float u_contours;     // contour lines per unit of height
uniform float u_pixel;        // size of a reference pixel, so that lines keep their width at any resolution
uniform float u_finish;       // height of a finish line; below the ground for none
uniform vec3 u_finish_colour;
uniform vec3 u_finish_edge;
uniform vec2 u_finish_px;     // half the line's width, and the width of an edge, reference pixels
uniform bool u_bare;          // without what balls leave
in vec2 v_texel;
out vec4 f_colour;

// Ramps instead of smoothsteps: this runs for every pixel of the ground, and software feels each operation.
float contour(float level, float spread, float width) {
    float away = abs(fract(level - 0.5) - 0.5) / max(spread, 1e-6);
    float line = clamp(0.5 * width + 1.0 - away / u_pixel, 0.0, 1.0);
    // On flat ground a line would smear, and packed lines would only darken: fade both.
    return line * clamp(spread / u_pixel * 120.0 - 0.3, 0.0, 1.0) * clamp(2.0 - 4.0 * spread, 0.0, 1.0);
}

void main() {
    vec3 colour = texture(u_ground, v_texel).rgb;
    float height = texture(u_heights, v_texel).r;
    float level = height * u_contours;
    float spread = fwidth(level);
    float minor = contour(level, spread, 0.7);
    float major = contour(level * 0.25, spread * 0.25, 1.1);
    colour = mix(colour, u_contour, max(0.20 * minor, 0.42 * major) * u_contour_strength);

    if (u_finish >= 0.0) {
        float away = abs(height - u_finish) * u_contours / max(spread, 1e-6);
        float shown = clamp(spread / u_pixel * 120.0 - 0.3, 0.0, 1.0);
        float line = clamp(u_finish_px.x * u_pixel + 0.5 - away, 0.0, 1.0);
        float edge = clamp((u_finish_px.x + u_finish_px.y) * u_pixel + 0.5 - away, 0.0, 1.0);
        colour = mix(mix(colour, u_finish_edge, 0.75 * edge * shown), u_finish_colour, line * shown);
    }
    if (!u_bare) {
        vec4 over = marks_over(v_texel);
        colour = colour * (1.0 - over.a) + over.rgb;
    }
    f_colour = vec4(colour, 1.0);
}
