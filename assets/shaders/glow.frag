#version 330 core
uniform float u_pixel;
uniform vec3 u_gold;
flat in vec3 v_colour;
flat in float v_strength;
flat in float v_ball;
in vec2 v_at;
out vec4 f_colour;

const vec3 INK = vec3(0.08, 0.05, 0.02);

// Distance to a crown of half width 7 that stands on y = 0, three points 11, 9 and 9 high.
float crown(vec2 at) {
    float x = abs(at.x);
    float body = max(x - 7.0 + 0.12 * (9.0 - at.y), max(-at.y, at.y - 5.0));
    float middle = dot(vec2(x, at.y - 11.5), normalize(vec2(6.5, 3.6)));
    float side = max(dot(vec2(x - 7.6, at.y - 10.0), normalize(vec2(-6.0, 4.8))), x - 7.0 + 0.12 * (9.0 - at.y) - 0.4);
    return max(min(body, max(min(middle, side), -at.y)), -at.y);
}

void main() {
    float away = length(v_at);
    // The ball itself stays as it is.
    float outside = clamp((away - v_ball) * u_pixel + 0.5, 0.0, 1.0);
    float ring = v_ball + 2.4;
    float halo = 0.62 * exp(-max(away - v_ball, 0.0) / (5.0 + 0.5 * v_ball)) * clamp(2.0 - away / (ring + 9.0), 0.0, 1.0);
    float rim = clamp(1.7 - abs(away - ring) * 1.3, 0.0, 1.0);
    vec3 colour = mix(v_colour, vec3(1.0), 0.35 + 0.55 * rim);
    // Behind a hill there is only the crown: a ring would lie on the slope in front.
    float cover = max(halo, 0.95 * rim) * outside * step(0.99, v_strength);

    float crown_foot = max(v_ball, 5.0) + 6.0;
    float mark = crown(v_at - vec2(0.0, crown_foot));
    float inked = clamp((1.3 - mark) * u_pixel + 0.5, 0.0, 1.0) * 0.85;
    float gilded = clamp(-mark * u_pixel + 0.5, 0.0, 1.0);
    float band = clamp((crown_foot + 3.2 - v_at.y) * u_pixel + 0.5, 0.0, 1.0);
    vec3 metal = mix(INK, mix(u_gold, v_colour, band), gilded);
    float over = max(inked, gilded);
    float both = over + cover * (1.0 - over);
    if (both <= 0.004) discard;
    f_colour = vec4((metal * over + colour * cover * (1.0 - over)) / both, both * v_strength);
}
