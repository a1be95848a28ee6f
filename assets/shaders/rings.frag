#version 330 core
uniform float u_line;
uniform float u_edge;
uniform vec3 u_colour;
uniform vec3 u_ink;
in float v_across;
in vec2 v_share;
out vec4 f_colour;

void main() {
    // Where there is no ground there is nothing to lie on.
    if (any(lessThan(v_share, vec2(0.0))) || any(greaterThan(v_share, vec2(1.0)))) discard;
    float away = abs(v_across);
    float inner = clamp(u_line + 0.5 - away, 0.0, 1.0);
    float outer = 1.0 - smoothstep(u_line, u_line + u_edge + 1.0, away);
    f_colour = vec4(mix(u_ink, u_colour, inner), mix(0.5 * outer, 0.95, inner));
}
