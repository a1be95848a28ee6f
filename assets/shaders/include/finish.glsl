// What lies over the whole picture: haze, and light that bright things shed.
#include "distance.glsl"
#include "dither.glsl"
uniform sampler2D u_bloom;
uniform float u_shine;      // how much of the bloom is added
uniform vec3 u_haze;
uniform float u_haziness;   // at most, 0 to 1
uniform vec2 u_fade;        // where haze begins, and how much further it is complete

vec3 finished(vec3 colour, vec2 texel) {
    float depth = textureLod(u_depth, texel, 0.0).r;
    float far = clamp((distance_of(depth) - u_fade.x) / u_fade.y, 0.0, 1.0);
    colour = mix(colour, u_haze, depth < VOID ? u_haziness * far * far : 0.0);
    // Added to the encoded picture: as linear light it would lift the dark most, where balls lie in their valleys.
    colour += (1.0 - colour) * clamp(u_shine * textureLod(u_bloom, texel, 0.0).rgb, 0.0, 1.0);
    return dithered(colour, gl_FragCoord.xy);
}
