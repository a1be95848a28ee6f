// Where the sprite of a ball is, its size and its colour: the same with and without a stripe.
#include "ground.glsl"
#include "ball.glsl"
uniform mat4 u_view;
uniform mat4 u_projection;
uniform vec4 u_domain;       // x_min, y_min, width, height
uniform float u_alpha;       // from the step before to the latest
uniform float u_radius;
uniform float u_floor;
uniform float u_point_scale; // pixels of diameter for a unit radius at distance one
in float in_x;
in float in_y;
in float in_previous_x;
in float in_previous_y;
in float in_lift;            // above the ground, scene units
in uint in_status;
in uint in_colour;
flat out vec4 v_look;        // colour, gloss
flat out float v_pixels;

const float LEDGE = 0.35;    // how far beyond the slab fallen balls may lie, scene units

void place_ball() {
    vec2 at = mix(vec2(in_previous_x, in_previous_y), vec2(in_x, in_y), u_alpha);
    vec2 share = (at - u_domain.xy) / u_domain.zw;
    vec2 plane = (share * 2.0 - 1.0) * u_half_size;
    vec2 beyond = plane - clamp(plane, -u_half_size, u_half_size);
    float distance_out = length(beyond);
    vec3 ground = ground_point(clamp(share, 0.0, 1.0));
    vec3 centre = vec3(plane, ground.z + u_radius + in_lift);
    if (distance_out > 0.0) {
        // Off the slab: over the edge, down, and at rest on the floor, spread out but always in sight.
        float out_to = LEDGE * (1.0 - exp(-distance_out / LEDGE));
        float fall = smoothstep(0.0, 0.12, distance_out);
        centre.xy = ground.xy + beyond / distance_out * (out_to + u_radius * smoothstep(0.0, u_radius, distance_out));
        centre.z = mix(ground.z, u_floor, fall * fall) + u_radius;
    }
    v_look = vec4(ball_colour(in_colour, in_status), ball_gloss(in_status));

    vec4 in_view = u_view * vec4(centre, 1.0);
    gl_Position = u_projection * in_view;
    v_pixels = u_point_scale * u_radius / -in_view.z;
    gl_PointSize = v_pixels + 1.0;
    // Depth of the point nearest to the eye: otherwise the ground in front cuts the lower half off.
    vec4 front = u_projection * (in_view - vec4(normalize(in_view.xyz) * u_radius * 1.2, 0.0));
    gl_Position.z = front.z / front.w * gl_Position.w;
}
