#version 330 core
uniform vec2 u_vector;
uniform float u_width;
uniform vec3 u_colour;
uniform vec3 u_ink;
in vec2 v_at;
out vec4 f_colour;

void main() {
    float reach = length(u_vector);
    // A short arrow is all head.
    float head = min(1.15 * u_width, reach);
    float pixel = max(fwidth(v_at.x), fwidth(v_at.y));
    float shaft = head < reach ? max(0.17 * u_width, 0.9 * pixel) : 0.0;
    vec2 at = vec2(v_at.x, abs(v_at.y));
    float bar = max(max(-at.x, at.x - (reach - head) - 0.01 * u_width), at.y - shaft);
    // The head's slanted side, from half its width at its foot to the tip.
    vec2 normal = normalize(vec2(0.5 * u_width, head));
    float tip = max(dot(at - vec2(reach, 0.0), normal), reach - head - at.x);
    float away = shaft > 0.0 ? min(bar, tip) : tip;
    float edge = max(1.3 * pixel, 0.05 * u_width);
    float outer = clamp(0.5 - (away - edge) / pixel, 0.0, 1.0);
    float inner = clamp(0.5 - away / pixel, 0.0, 1.0);
    if (outer <= 0.0) discard;
    f_colour = vec4(mix(u_ink, u_colour, inner), outer * mix(0.8, 1.0, inner));
}
