#version 330 core
#include "ground.glsl"
#include "nearer.glsl"
uniform mat4 u_view;
uniform mat4 u_projection;
uniform vec2 u_foot;     // share of the domain
uniform vec2 u_vector;   // from foot to tip, horizontally, scene units
uniform float u_width;   // of the head
in vec2 in_corner;       // along, 0 to 1, and across, -1 to 1
out vec2 v_at;           // along and across, scene units

void main() {
    float reach = length(u_vector);
    vec2 along = u_vector / reach;
    // A little more than the arrow all around, for its edge.
    v_at = vec2(mix(-0.5 * u_width, reach + 0.5 * u_width, in_corner.x), in_corner.y * u_width);
    vec2 plane = (u_foot * 2.0 - 1.0) * u_half_size + v_at.x * along + v_at.y * vec2(-along.y, along.x);
    vec3 ground = ground_point(clamp((plane / u_half_size + 1.0) * 0.5, 0.0, 1.0));
    gl_Position = u_projection * nearer(u_view * vec4(plane, ground.z, 1.0), 0.02);
}
