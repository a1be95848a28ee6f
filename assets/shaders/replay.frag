#version 330 core
// A small picture of what was: framed, with two arrows that point back, and a bar of how much of it was shown.
uniform sampler2D u_picture;
uniform vec2 u_size;     // pixels
uniform float u_unit;    // pixels of one on a screen 720 high
uniform float u_share;   // shown so far
uniform vec3 u_ink;
uniform vec3 u_sheet;
uniform vec3 u_accent;
in vec2 v_texel;
out vec4 f_colour;

const float ROUND = 7.0;
const float FRAME = 1.5;
const float BAR = 3.0;
const vec2 SIGN = vec2(22.0, 14.0);  // where its middle is from the upper right corner
const float ARROW = 6.0;

float box(vec2 away, vec2 half_size, float corner) {
    vec2 over = abs(away) - half_size + corner;
    return length(max(over, 0.0)) + min(max(over.x, over.y), 0.0) - corner;
}

// An arrow head that points left, its base's middle at the origin.
float arrow(vec2 at) {
    return max(at.x, (abs(at.y) - (at.x + ARROW)) * 0.7071);
}

float covered(float distance) {
    return clamp(0.5 - distance * u_unit, 0.0, 1.0);
}

void main() {
    vec2 size = u_size / u_unit;
    vec2 at = v_texel * size;
    float edge = box(at - 0.5 * size, 0.5 * size, ROUND);
    vec3 colour = texture(u_picture, v_texel).rgb;
    vec2 sign = at - size + SIGN;
    colour = mix(colour, u_sheet, 0.7 * covered(box(sign, vec2(13.0, 8.0), 8.0)));
    colour = mix(colour, u_ink, covered(min(arrow(sign), arrow(sign - vec2(ARROW, 0.0)))));
    float bar = at.y - FRAME - BAR;
    colour = mix(colour, u_sheet, 0.7 * covered(bar));
    colour = mix(colour, u_accent, covered(max(bar, at.x - u_share * size.x)));
    colour = mix(colour, u_ink, covered(-edge - FRAME));
    f_colour = vec4(colour, covered(edge));
}
