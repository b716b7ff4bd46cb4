// test_svg.c: pictures, axes, ticks.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "svg_plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void assert_number(double value, enum svg_number number,
                          const char *expected)
{
  char text[32];
  svg_number_text(text, value, number);
  assert_string_equal(text, expected);
}

static void numbers_are_written_short(void **state)
{
  (void)state;
  assert_number(0, SVG_PLAIN, "0");
  assert_number(0.5, SVG_PLAIN, "0.5");
  assert_number(999, SVG_PLAIN, "999");
  assert_number(1000, SVG_PLAIN, "1 k");
  assert_number(1250000, SVG_PLAIN, "1.25 M");
  assert_number(123456, SVG_PLAIN, "123 k");
  assert_number(18.333, SVG_PERCENT, "18.3 %");
  assert_number(100, SVG_PERCENT, "100 %");
  assert_number(1000, SVG_BINARY, "1000");
  assert_number(65536, SVG_BINARY, "64 Ki");
  assert_number(1572864, SVG_BINARY, "1.5 Mi");
}

static void assert_ticks(struct svg_scale scale, const double *expected,
                         size_t n)
{
  double ticks[SVG_MOST_TICKS];
  assert_int_equal(svg_scale_ticks(&scale, ticks), n);
  for (size_t i = 0; i < n; i++)
    assert_true(fabs(ticks[i] - expected[i]) <= 1e-9 * expected[i]);
}

static void ticks_are_round(void **state)
{
  const double fifths[] = {0, 20, 40, 60, 80, 100};
  const double halves[] = {100, 150, 200};
  const double decades[] = {1, 10, 100, 1000};
  const double sparse[] = {1, 100, 10000, 1000000};
  const double binary[] = {16, 64, 256, 1024};
  const double mebi[] = {0, 1048576, 2097152, 3145728};
  (void)state;
  assert_ticks((struct svg_scale){.to = 100, .ticks = 5}, fifths, 6);
  assert_ticks((struct svg_scale){.from = 90, .to = 210, .ticks = 3}, halves,
               3);
  assert_ticks(
      (struct svg_scale){.from = 1, .to = 5000, .log = true, .ticks = 5},
      decades, 4);
  assert_ticks(
      (struct svg_scale){.from = 1, .to = 5e6, .log = true, .ticks = 3}, sparse,
      4);
  assert_ticks(
      (struct svg_scale){
          .from = 8, .to = 2048, .log = true, .number = SVG_BINARY, .ticks = 4},
      binary, 4);
  assert_ticks(
      (struct svg_scale){.to = 3.9e6, .number = SVG_BINARY, .ticks = 5}, mebi,
      4);
  assert_ticks((struct svg_scale){.to = 100}, NULL, 0);
  assert_ticks((struct svg_scale){.from = 3, .to = 3, .ticks = 4}, NULL, 0);
}

static struct svg_plot plot_of(struct svg *svg)
{
  return (struct svg_plot){.svg = svg,
                           .x = 10,
                           .y = 20,
                           .width = 100,
                           .height = 50,
                           .across = {.from = 1, .to = 10000, .log = true},
                           .up = {.to = 10},
                           .text = 9};
}

static void values_have_their_place(void **state)
{
  struct svg_plot plot = plot_of(NULL);
  (void)state;
  assert_true(fabs(svg_plot_x(&plot, 1) - 10) < 1e-9);
  assert_true(fabs(svg_plot_x(&plot, 100) - 60) < 1e-9);
  assert_true(fabs(svg_plot_x(&plot, 10000) - 110) < 1e-9);
  assert_true(fabs(svg_plot_y(&plot, 0) - 70) < 1e-9);
  assert_true(fabs(svg_plot_y(&plot, 2.5) - 57.5) < 1e-9);
  // What is outside, or no number, is at an end.
  assert_true(fabs(svg_plot_x(&plot, 0) - 10) < 1e-9);
  assert_true(fabs(svg_plot_x(&plot, 1e9) - 110) < 1e-9);
  assert_true(fabs(svg_plot_y(&plot, -1) - 70) < 1e-9);
  assert_true(fabs(svg_plot_y(&plot, NAN) - 70) < 1e-9);
}

// Ends the picture; the caller frees its text.
static char *finish(struct svg *svg)
{
  char *text;
  size_t n;
  assert_int_equal(svg_close(svg, &text, &n), 0);
  assert_int_equal(strlen(text), n);
  return text;
}

static void text_is_escaped_and_stays_text(void **state)
{
  struct svg *svg = svg_open(200, 100.5, "a<b");
  (void)state;
  assert_non_null(svg);
  svg_text(svg, (struct svg_point){1, 2.25}, 9, SVG_END, SVG_BLACK, true,
           "%s %d", "x<y>&\n", 7);
  char *text = finish(svg);
  assert_non_null(strstr(text, "<title>a&lt;b</title>"));
  assert_non_null(strstr(text, "height=\"100.5\""));
  assert_non_null(strstr(text, "<text x=\"1\" y=\"2.25\" font-size=\"9\" "
                               "text-anchor=\"end\" fill=\"#000000\" "
                               "font-weight=\"bold\">x&lt;y&gt;&amp;  7"
                               "</text>\n"));
  assert_non_null(strstr(text, "</svg>\n"));
  free(text);
}

static void shapes_are_where_their_values_are(void **state)
{
  struct svg *svg = svg_open(200, 100, "t");
  struct svg_plot plot = plot_of(svg);
  const struct svg_point points[] = {{1, 0}, {100, 10}, {10000, 5}};
  const struct svg_band bands[] = {{1, 0, 10}, {10000, 0, 5}};
  (void)state;
  svg_plot_line(&plot, points, 3, SVG_BLUE, true);
  svg_plot_steps(&plot, points, 3, SVG_ORANGE);
  svg_plot_area(&plot, bands, 2, SVG_GREEN);
  svg_plot_bar(&plot, (struct svg_point){1, 0}, (struct svg_point){100, 5},
               SVG_GREY);
  svg_plot_line(&plot, points, 1, SVG_BLUE, false); // one point is no line
  char *text = finish(svg);
  assert_non_null(strstr(text, "points=\"10,70 60,20 110,45\" fill=\"none\" "
                               "stroke=\"#0072b2\""));
  assert_non_null(strstr(text, "stroke-dasharray"));
  assert_non_null(
      strstr(text, "points=\"10,70 60,70 60,20 110,20 110,45\" fill=\"none\" "
                   "stroke=\"#e69f00\""));
  assert_non_null(
      strstr(text, "points=\"10,70 110,70 110,45 10,20\" fill=\"#009e73\""));
  assert_non_null(
      strstr(text, "<rect x=\"10\" y=\"45\" width=\"50\" height=\"25\" fill="));
  assert_null(strstr(text, "points=\"10,70\""));
  free(text);
}

static void shades_go_to_white(void **state)
{
  struct svg *svg = svg_open(200, 100, "t");
  (void)state;
  svg_shade(svg, 1, 2, 3, 4, SVG_VERMILION, 0.5);
  svg_shade(svg, 5, 6, 7, 8, SVG_VERMILION, 2); // as 1
  svg_shade(svg, 9, 10, 11, 12, SVG_BLACK, 0);
  svg_shade(svg, 13, 14, 0, 15, SVG_BLACK, 1); // of no size
  char *text = finish(svg);
  assert_non_null(strstr(text, "<rect x=\"1\" y=\"2\" width=\"3\" height=\"4\" "
                               "fill=\"#eaaf80\"/>"));
  assert_non_null(strstr(text, "height=\"8\" fill=\"#d55e00\"/>"));
  assert_non_null(strstr(text, "height=\"12\" fill=\"#ffffff\"/>"));
  assert_null(strstr(text, "x=\"13\""));
  free(text);
}

static void rows_show_their_values(void **state)
{
  struct svg *svg = svg_open(200, 100, "t");
  struct svg_plot plot = plot_of(svg);
  const struct svg_row rows[] = {{"one", 5, SVG_BLUE}, {"none", NAN, SVG_BLUE}};
  (void)state;
  plot.across = (struct svg_scale){.to = 10};
  svg_plot_rows(&plot, rows, 2);
  char *text = finish(svg);
  assert_non_null(strstr(text, "width=\"50\""));
  assert_non_null(strstr(text, ">one</text>"));
  assert_non_null(strstr(text, ">5</text>"));
  assert_non_null(strstr(text, ">none</text>"));
  assert_null(strstr(text, "nan"));
  free(text);
}

static void abandoned_picture_leaves_nothing(void **state)
{
  (void)state;
  svg_abandon(svg_open(10, 10, "t"));
  svg_abandon(NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_are_written_short),
      cmocka_unit_test(ticks_are_round),
      cmocka_unit_test(values_have_their_place),
      cmocka_unit_test(text_is_escaped_and_stays_text),
      cmocka_unit_test(shapes_are_where_their_values_are),
      cmocka_unit_test(shades_go_to_white),
      cmocka_unit_test(rows_show_their_values),
      cmocka_unit_test(abandoned_picture_leaves_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
