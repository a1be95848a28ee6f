// What balls leave on the ground.
uniform sampler2D u_marks;  // trails as coloured light, contact shadows as alpha
uniform float u_trail_strength;

// The colour that lies over the ground, premultiplied, and how much of the ground it hides.
vec4 marks_over(vec2 texel) {
    vec4 marks = texture(u_marks, texel);
    vec3 trail = marks.rgb * (1.5 * u_trail_strength);
    float glow = max(trail.r, max(trail.g, trail.b));
    float cover = min(0.85, glow);
    float light = 1.0 - 0.62 * marks.a;
    return vec4(trail / max(glow, 1e-4) * (cover * light), 1.0 - (1.0 - cover) * light);
}
