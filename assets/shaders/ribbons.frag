#version 330 core
uniform float u_band;
uniform float u_edge;
uniform vec3 u_colour;
uniform vec3 u_ink;
flat in vec2 v_before;
flat in vec2 v_from;
flat in vec2 v_to;
flat in vec2 v_after;
flat in vec2 v_along;
out vec4 f_colour;

// How far from one end to the other the nearest point of a line is, [0, 1].
float nearest(vec2 at, vec2 from, vec2 to) {
    vec2 way = to - from;
    return clamp(dot(at - from, way) / max(dot(way, way), 1e-8), 0.0, 1.0);
}

// Ends are taken as they are: the same point is exactly as far from both lines that share it.
float away(vec2 at, vec2 from, vec2 to) {
    float share = nearest(at, from, to);
    vec2 point = share <= 0.0 ? from : share >= 1.0 ? to : mix(from, to, share);
    return distance(at, point);
}

void main() {
    vec2 at = gl_FragCoord.xy;
    float here = away(at, v_from, v_to);
    // Each pixel belongs to one part only: where two meet, blending both would show the joint.
    if (v_before != v_from && away(at, v_before, v_from) < here) discard;
    if (v_after != v_to && away(at, v_to, v_after) <= here) discard;
    float outer = clamp(u_band + u_edge + 0.5 - here, 0.0, 1.0);
    float inner = clamp(u_band + 0.5 - here, 0.0, 1.0);
    float along = mix(v_along.x, v_along.y, nearest(at, v_from, v_to));
    // The tail fades, the newer half hardly.
    float strength = 1.0 - (1.0 - along) * (1.0 - along);
    float opacity = mix(0.72 * outer, 0.96, inner) * step(0.001, outer) * strength;
    f_colour = vec4(mix(u_ink, u_colour, inner), opacity);
}
