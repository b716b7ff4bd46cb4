// test_html.c: text and pictures in a page, whatever they hold.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "html.h"

#include <stdio.h>
#include <string.h>

static char *text;
static size_t size;

static FILE *begin(void)
{
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  return out;
}

static void end(FILE *out, const char *expected)
{
  fclose(out);
  assert_string_equal(text, expected);
  free(text);
  text = NULL;
}

static void text_stays_text(void **state)
{
  (void)state;
  FILE *out = begin();
  html_text(out, "a<b>&\"c'\x01\td");
  html_printf(out, "%d%s", 7, "</td>");
  end(out, "a&lt;b&gt;&amp;&quot;c&#39;\xef\xbf\xbd\td7&lt;/td&gt;");
}

static void bytes_are_base64(void **state)
{
  (void)state;
  static const char *const pairs[][2] = {
      {"", ""},         {"f", "Zg=="},        {"fo", "Zm8="},
      {"foo", "Zm9v"},  {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"}}; // RFC 4648
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    char expected[64];
    FILE *out = begin();
    html_data(out, "text/csv", pairs[i][0], strlen(pairs[i][0]));
    snprintf(expected, sizeof expected, "data:text/csv;base64,%s",
             pairs[i][1]);
    end(out, expected);
  }
}

static void becomes(const char *svg, const char *expected)
{
  FILE *out = begin();
  assert_int_equal(html_svg(out, svg, strlen(svg), "p-", "A \"b\""), 0);
  end(out, expected);
}

#define ROOT "<svg role=\"img\" aria-label=\"A &quot;b&quot;\""

static void a_picture_is_of_the_page(void **state)
{
  (void)state;
  becomes("<?xml version='1.0'?>\n<!-- x --><svg width=\"3\" height='4' "
          "viewBox=\"0 0 3 4\">\n<title>Gnuplot</title><g><title>t</title>"
          "</g></svg>\n",
          ROOT " viewBox=\"0 0 3 4\" style=\"--width:3\">\n<g><title>t</title>"
               "</g></svg>");
  becomes("<svg><path id='a' d='M0,0'/><use xlink:href='#a' "
          "clip-path=\"url(#a)\"/></svg>",
          ROOT "><path id='p-a' d='M0,0'/><use xlink:href='#p-a' "
               "clip-path=\"url(#p-a)\"/></svg>");
  becomes("<svg><g fill=\"black\" stroke='rgb(  0,   0,   0)' "
          "color=\"#333\"/><rect fill='white'/><text fill='#ffffff'/>"
          "<path stroke=\"#0072B2\" fill='#aaaaaa'/></svg>",
          ROOT "><g fill=\"currentColor\" stroke='currentColor' "
               "color=\"currentColor\"/><rect fill='var(--paper)'/>"
               "<text fill='#ffffff'/><path stroke=\"#0072B2\" "
               "fill='#aaaaaa'/></svg>");
  becomes("<svg><g style=\"fill: #000; opacity:.5\">x &lt;</g></svg>",
          ROOT "><g style=\"fill:currentColor;opacity:.5;\">x &lt;</g></svg>");
}

static void what_does_not_draw_is_left_out(void **state)
{
  (void)state;
  becomes("<svg onload='x()'><script>alert(1)</script><g ONCLICK=\"x\"/>"
          "<foreignObject><g>y</g></foreignObject><script/>"
          "<style>*{}</style><a href='javascript:x'>z</a>"
          "<use href='//elsewhere#a'/><rect fill='url(//x)'/></svg>",
          ROOT "><g/><a>z</a><use/><rect/></svg>");
}

static void what_is_no_picture_is_refused(void **state)
{
  (void)state;
  static const char *const bad[] = {
      "",         "x",          "<svg>",          "<svg",        "<svg/><svg/>",
      "<g/>",     "<svg/>x",    "<svg></g>",      "<svg><g></svg></g>",
      "<svg a>",  "<svg a=b/>", "<svg a=\"b/>",   "<svg><",      "<svg><!-- ",
      "<svg></div></svg>",      "<svg a='<'/>",   "<svg><![CDATA[x]]></svg>"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    FILE *out = begin();
    assert_int_equal(html_svg(out, bad[i], strlen(bad[i]), "p-", "l"), -EINVAL);
    end(out, "");
  }
}

// Damaged anyhow, a picture is refused, or still cannot end what it is in.
static void damage_does_not_get_out(void **state)
{
  (void)state;
  static const char good[] =
      "<svg a='b'><g id=\"c\" style='fill:black'>t</g><script>s</script>"
      "<use href='#c'/></svg>";
  static const char letters[] = "<>/'\"= a!-?";
  struct check_random dice = {.state = check_seed(1)};
  char svg[sizeof good];
  int taken = 0;
  for (int round = 0; round < 20000; round++) {
    memcpy(svg, good, sizeof good);
    for (uint64_t k = check_below(&dice, 3); k; k--)
      svg[check_below(&dice, sizeof good - 1)] =
          letters[check_below(&dice, sizeof letters - 1)];
    FILE *out = begin();
    int result = html_svg(out, svg, sizeof good - 1, "p", "l");
    fclose(out);
    taken += result == 0;
    if (result == 0) {
      assert_true(strncmp(text, "<svg", 4) == 0);
      assert_string_equal(text + size - (text[size - 2] == '/' ? 2 : 6),
                          text[size - 2] == '/' ? "/>" : "</svg>");
      assert_null(strstr(text, "<script"));
    } else {
      assert_int_equal(size, 0);
    }
    free(text);
  }
  assert_true(taken > 100);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(text_stays_text),
      cmocka_unit_test(bytes_are_base64),
      cmocka_unit_test(a_picture_is_of_the_page),
      cmocka_unit_test(what_does_not_draw_is_left_out),
      cmocka_unit_test(what_is_no_picture_is_refused),
      cmocka_unit_test(damage_does_not_get_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
