// A point of a mark on the ground, view space, nearer to the eye by so much and at the same place on the screen: flat
// marks have a width, and uneven ground would cut into them.
vec4 nearer(vec4 in_view, float by) {
    return vec4(in_view.xyz * (1.0 - by / max(length(in_view.xyz), 2.0 * by)), in_view.w);
}
