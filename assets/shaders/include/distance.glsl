// From what a depth texture holds to distances along the view.
uniform sampler2D u_depth;
uniform vec2 u_lens;         // the projection's third column, third and fourth row
const float VOID = 0.99994;  // the backdrop lies behind

float distance_of(float depth) {
    return u_lens.y / (2.0 * depth - 1.0 + u_lens.x);
}
