// SPDX-License-Identifier: Apache-2.0
#include "provision/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace jail::provision {

void set_up_log(bool verbose) {
    const auto logger =
        std::make_shared<spdlog::logger>("jail-provision", std::make_shared<spdlog::sinks::stderr_sink_st>());
    logger->set_pattern("%n: %v");
    logger->set_level(verbose ? spdlog::level::debug : spdlog::level::info);
    spdlog::set_default_logger(logger);
}

void log_error(const std::string& line) {
    spdlog::error("{}", line);
}
void log_notice(const std::string& line) {
    spdlog::info("{}", line);
}
void log_progress(const std::string& line) {
    spdlog::debug("{}", line);
}

}  // namespace jail::provision
