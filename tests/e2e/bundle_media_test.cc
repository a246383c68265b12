// SPDX-License-Identifier: Apache-2.0
// Bundles for pictures, films and text in them. See bundle_fixture.h.
#include "bundle_fixture.h"

namespace jail::testing {
namespace {

using FontsBundle = BundleTest;

TEST_F(FontsBundle, FontsAreFoundAsOnTheHost) {
    for (const std::string family : {"sans", "monospace:bold", "DejaVu Sans"})
        EXPECT_EQ(inside("fc-match '" + family + "'"), run({"fc-match", family}).output);
    EXPECT_EQ(inside("test -r \"$(fc-match -f '%{file}' sans)\" && echo readable"), "readable\n");
}

using ImagemagickBundle = BundleTest;

TEST_F(ImagemagickBundle, DrawsTextAndConvertsPngToJpeg) {
    EXPECT_EQ(inside("convert -size 64x48 gradient:red-blue -font DejaVu-Sans -annotate +4+20 ha in.png &&\n"
                     "convert in.png -resize 50% out.jpg && identify -format '%m %wx%h\\n' in.png out.jpg"),
              "PNG 64x48\nJPEG 32x24\n");
    EXPECT_EQ(
        inside("convert -size 64x48 gradient:red-blue plain.png && compare -metric AE plain.png in.png null: "
               "> /dev/null 2>&1 || echo text"),
        "text\n");
}

TEST_F(ImagemagickBundle, HasTheHostsPolicyAndFormats) {
    EXPECT_EQ(inside("convert -list policy"), run({"/usr/bin/convert", "-list", "policy"}).output);
    EXPECT_EQ(inside("convert -list format"), run({"/usr/bin/convert", "-list", "format"}).output);
}

using FfmpegBundle = BundleTest;

TEST_F(FfmpegBundle, EncodesASecondWithText) {
    EXPECT_EQ(inside("ffmpeg -v error -f lavfi -i testsrc=duration=1:size=64x48:rate=5 -vf drawtext=text=ha "
                     "-c:v libx264 -pix_fmt yuv420p out.mp4 &&\n"
                     "ffprobe -v error -count_frames -show_entries stream=codec_name,nb_read_frames -of "
                     "csv=p=0 out.mp4"),
              "h264,5\n");
}

}  // namespace
}  // namespace jail::testing
