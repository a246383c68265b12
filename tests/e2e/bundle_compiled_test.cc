// SPDX-License-Identifier: Apache-2.0
// Bundles of compiled languages, and for programs that were compiled elsewhere. See bundle_fixture.h.
#include <filesystem>

#include "bundle_fixture.h"

namespace jail::testing {
namespace {

class ExecutingTest : public BundleTest {
    std::string policy() const override { return "home: {exec: true}\n"; }
};

class RuntimeBundle : public BundleTest {
    std::string policy() const override { return "home: {exec: true}\naccess: {shell: true, sftp: true}\n"; }
};

constexpr char kUploaded[] = R"(
#include <atomic>
#include <cmath>
#include <iostream>
#include <stdexcept>
#include <thread>
extern "C" const char* zlibVersion();
int main(int argc, char**) {
    std::atomic<int> sum = 0;
    std::thread other([&] { sum += static_cast<int>(std::sqrt(4.0 * argc)); });
    other.join();
    try {
        throw std::runtime_error("caught");
    } catch (const std::exception& error) {
        std::cout << sum << ' ' << error.what() << ' ' << zlibVersion()[0] << std::endl;
    }
}
)";

// Each library by its file, as programs name them that were built before libc took them into itself.
TEST_F(RuntimeBundle, AnUploadedProgramRuns) {
    const std::string here = std::string(machine::kRunDir) + "/runtime";
    machine::write_file(here + "/main.cc", kUploaded);
    const Outcome built =
        run({"g++", "-std=c++17", "-o", here + "/uploaded", here + "/main.cc", "-pthread",
             "-Wl,--no-as-needed", "-l:libdl.so.2", "-l:libpthread.so.0", "-l:librt.so.1", "-l:libm.so.6",
             "-l:libutil.so.1", "-l:libresolv.so.2", "-l:libatomic.so.1", "-l:libz.so.1"});
    ASSERT_EQ(built.exit_status(), 0) << built.errors;
    const Outcome copied =
        run({"scp", "-q", "-F", sshd().client_config(), here + "/uploaded", account() + "@127.0.0.1:"});
    ASSERT_EQ(copied.exit_status(), 0) << copied.errors;
    EXPECT_EQ(inside("./uploaded"), "2 caught 1\n");
    const std::string libraries = inside("ldd ./uploaded");
    EXPECT_NE(libraries.find("libstdc++.so.6 => /"), std::string::npos) << libraries;
    EXPECT_EQ(libraries.find("not found"), std::string::npos) << libraries;
}

TEST_F(RuntimeBundle, ProgramsLearnAboutTheSystem) {
    EXPECT_EQ(inside("getconf GNU_LIBC_VERSION"), run({"getconf", "GNU_LIBC_VERSION"}).output);
    EXPECT_NE(inside("/sbin/ldconfig -p").find("libstdc++.so.6 "), std::string::npos);
    EXPECT_EQ(inside(". /etc/os-release; echo $ID; hostname"), "debian\n" + account() + "\n");
    EXPECT_EQ(inside("uname -m"), run({"uname", "-m"}).output);
}

using GccBundle = ExecutingTest;

TEST_F(GccBundle, BuildsAndRunsCWithALibraryOfItsOwn) {
    machine::write_home_file(account(), "c/half.c", "double half(double of) { return of / 2; }\n");
    machine::write_home_file(account(), "c/main.c",
                             "#include <errno.h>\n#include <linux/limits.h>\n#include <math.h>\n"
                             "#include <pthread.h>\n#include <stdio.h>\n#include <sys/socket.h>\n"
                             "double half(double);\n"
                             "static void* root(void* of) { *(double*)of = sqrt(*(double*)of); return of; }\n"
                             "int main(void) { pthread_t other; double number = 16;\n"
                             "  pthread_create(&other, 0, root, &number); pthread_join(other, 0);\n"
                             "  printf(\"%.0f %d\\n\", half(number), PATH_MAX); }\n");
    machine::write_home_file(account(), "c/Makefile",
                             "main: main.o libhalf.a\n\t$(CC) -o $@ main.o -L. -lhalf -lm\n"
                             "libhalf.a: half.o\n\t$(AR) rcs $@ $^\n");
    EXPECT_EQ(inside("make -s -C c CFLAGS='-O2 -Wall -g' && c/main"), "2 4096\n");
    EXPECT_EQ(inside("cd c; cc -static -o still main.c half.c -lm && ./still; "
                     "cc -shared -fPIC -flto -o libhalf.so half.c; cc -o shared main.c -L. -lhalf -lm; "
                     "LD_LIBRARY_PATH=. ./shared"),
              "2 4096\n2 4096\n");
    EXPECT_EQ(inside("\"$(cc -dumpmachine)\"-gcc -dumpmachine"), run({"cc", "-dumpmachine"}).output);
}

TEST_F(GccBundle, BuildsAndRunsCxx) {
    machine::write_home_file(
        account(), "main.cc",
        "#include <algorithm>\n#include <iostream>\n#include <string>\n#include <thread>\n"
        "int main() { std::string name = \"rekoj\";\n"
        "  std::thread([&] { std::reverse(name.begin(), name.end()); }).join();\n"
        "  std::cout << name << std::endl; }\n");
    EXPECT_EQ(inside("c++ -std=c++17 -O1 -g -o main main.cc && ./main"), "joker\n");
    EXPECT_EQ(inside("strip main && c++ -fsanitize=address,undefined -o checked main.cc &&\n"
                     "ASAN_OPTIONS=detect_leaks=0 ./checked && ./main"),
              "joker\njoker\n");
}

using GolangBundle = ExecutingTest;

TEST_F(GolangBundle, BuildsAModuleWithoutANetwork) {
    machine::write_home_file(account(), "arkham/go.mod", "module arkham\n\ngo 1.19\n");
    machine::write_home_file(account(), "arkham/cell/cell.go",
                             "package cell\n\nimport \"strings\"\n\n"
                             "func Of(name string) string { return strings.ToUpper(name) }\n");
    machine::write_home_file(account(), "arkham/main.go",
                             "package main\n\nimport (\n\t\"arkham/cell\"\n\t\"fmt\"\n)\n\n"
                             "func main() { fmt.Println(cell.Of(\"joker\")) }\n");
    EXPECT_EQ(inside("cd arkham && gofmt -l . && go vet . && go build && ./arkham"), "JOKER\n");
    EXPECT_EQ(inside("cd arkham && GOTMPDIR=~/.cache go run ."), "JOKER\n");
}

using JavaBundle = BundleTest;

TEST_F(JavaBundle, RunsAProgramOfOneFileAndOfAJar) {
    machine::write_home_file(
        account(), "Arkham.java",
        "import java.security.*; import java.time.*; import java.util.*; import java.util.jar.*; import "
        "java.io.*;\n"
        "public class Arkham {\n"
        "  public static void main(String[] words) throws Exception {\n"
        "    if (words.length > 0) pack(words[0]);\n"
        "    KeyStore known = KeyStore.getInstance(KeyStore.getDefaultType());\n"
        "    known.load(new FileInputStream(System.getProperty(\"java.home\") + \"/lib/security/cacerts\"), "
        "null);\n"
        "    System.out.println(Security.getProviders().length > 8 && known.size() > 20);\n"
        "    System.out.println(LocalDateTime.ofInstant(Instant.EPOCH, ZoneId.of(\"Asia/Tokyo\")));\n"
        "    "
        "System.out.println(HexFormat.of().formatHex(MessageDigest.getInstance(\"SHA-1\").digest()).length())"
        ";\n"
        "  }\n"
        "  static void pack(String name) throws Exception {\n"
        "    Manifest manifest = new Manifest();\n"
        "    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, \"1.0\");\n"
        "    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, \"Arkham\");\n"
        "    try (JarOutputStream jar = new JarOutputStream(new FileOutputStream(name), manifest)) {\n"
        "      jar.putNextEntry(new JarEntry(\"Arkham.class\"));\n"
        "      jar.write(Arkham.class.getResourceAsStream(\"Arkham.class\").readAllBytes());\n"
        "    }\n"
        "  }\n"
        "}\n");
    const std::string printed = "true\n1970-01-01T09:00\n40\n";
    EXPECT_EQ(inside("java Arkham.java arkham.jar"), printed);
    EXPECT_EQ(inside("java -Xmx64m -jar arkham.jar"), printed);
}

}  // namespace
}  // namespace jail::testing
