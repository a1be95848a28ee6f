#version 330 core
#include "ground.glsl"
uniform mat4 u_view_projection;
uniform float u_floor;
uniform vec2 u_sun;      // horizontal direction towards the light
in vec3 in_rim;      // share of the domain, and 1 at the rim, 0 at the foot
in vec2 in_outward;
out float v_height;
out float v_below;   // distance under the rim
out float v_facing;

void main() {
    vec3 rim = ground_point(in_rim.xy);
    vec3 at = vec3(rim.xy, mix(u_floor, rim.z, in_rim.z));
    v_height = at.z;
    v_below = rim.z - at.z;
    v_facing = 0.5 + 0.5 * dot(in_outward, u_sun);
    gl_Position = u_view_projection * vec4(at, 1.0);
}
