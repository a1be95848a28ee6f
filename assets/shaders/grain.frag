#version 330 core
#include "ball.glsl"
uniform usampler2D u_words;  // four layers, one above the other
uniform int u_rows;          // of a layer
uniform int u_border;
uniform float u_side;        // pixels that a ball may cover
uniform float u_fine;        // steps of a pixel
uniform vec2 u_depths;       // distance at step 0, and what a step adds
uniform float u_unit;        // pixels of diameter at distance one
uniform float u_radius;
uniform mat4 u_projection;
out vec4 f_colour;

const uint NOBODY = 0xFFFFFFFFu;

void main() {
    ivec2 place = ivec2(gl_FragCoord.xy) + u_border;
    uvec4 layers;
    for (int layer = 0; layer < 4; ++layer)
        layers[layer] = texelFetch(u_words, place + ivec2(0, layer * u_rows), 0).r;
    // In the order in which the balls would be drawn: a later one is seen only if it is nearer.
    uvec4 seen = uvec4(NOBODY);
    uint nearest = NOBODY;
    int count = 0, filled = 0;
    for (int layer = 0; layer < 4; ++layer) {
        if (layers[layer] != NOBODY) ++filled;
        if (layers[layer] < nearest) {
            nearest = layers[layer];
            seen[count++] = nearest;
        }
    }
    if (count == 0) discard;
    vec3 colour = vec3(0.0);
    float clear = 1.0;
    // Software runs what is not needed too, but no more rounds than the pixels around need.
    for (int k = 0; k < count; ++k) {
        uint word = seen[k];
        float pixels = u_unit / (u_depths.x + float(word >> 17u) * u_depths.y);
        vec2 middle = (vec2(word >> 5u & 63u, word >> 11u & 63u) + 0.5) / u_fine - 0.5 * u_side;
        vec2 at = middle * (-2.0 / pixels);
        float coverage = ball_coverage(at, pixels);
        uint status = word >> 3u & 3u;
        vec3 light = ball_light(at, pixels, ball_colour(word & 7u, status), ball_gloss(status));
        colour = mix(colour, light, coverage);
        clear *= 1.0 - coverage;
    }
    float covered = 1.0 - clear;
    // With somebody in every layer there are others that no layer kept: as if as many again lay below.
    if (filled == 4) clear *= clear;
    f_colour = vec4(colour / max(covered, 1e-3), 1.0 - clear);
    // As with sprites, the depth of the point nearest to the eye.
    float distance = u_depths.x + float(nearest >> 17u) * u_depths.y - 1.2 * u_radius;
    gl_FragDepth = 0.5 - 0.5 * (u_projection[2][2] - u_projection[3][2] / distance);
}
