#include "crypto/pem.h"

#include <utility>

#include <fmt/format.h>

namespace danewerk::crypto {

namespace {

constexpr std::string_view kBegin = "-----BEGIN";
constexpr std::string_view kEnd = "-----END";

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The label of a line such as "-----BEGIN LABEL-----".
std::optional<std::string_view> label_of(std::string_view line, std::string_view start) {
  constexpr std::string_view kDashes = "-----";
  if (!line.starts_with(start) || !line.ends_with(kDashes)) return std::nullopt;
  line.remove_prefix(start.size());
  if (line.size() <= kDashes.size() || line.front() != ' ') return std::nullopt;
  const auto label = line.substr(1, line.size() - kDashes.size() - 1);
  if (contains(label, kDashes)) return std::nullopt;
  return label;
}

/// Goes through a text once, up to the first damage.
class Reading {
 public:
  std::vector<PemBlock> blocks;
  std::optional<PemDamage> damage;

  void run(std::string_view text) {
    while (!text.empty() && !damage) {
      const auto end = text.find('\n');
      is_cut_ = end == std::string_view::npos;
      auto line = text.substr(0, end);
      text.remove_prefix(is_cut_ ? text.size() : end + 1);
      const auto last = line.find_last_not_of(" \t\r");
      line = line.substr(0, last == std::string_view::npos ? 0 : last + 1);
      ++line_;
      take(line);
    }
    if (label_ && !damage) fail_at(began_, fmt::format("block {} has no end", *label_));
  }

 private:
  void fail_at(std::uint32_t line, std::string_view what) {
    damage = PemDamage{line, fmt::format("damaged: {}", what)};
  }

  void take(std::string_view line) {
    if (contains(line, {"\0", 1})) {
      fail_at(line_, "an octet of zero stands in the line");
    } else if (contains(line, kBegin)) {
      begin(line);
    } else if (contains(line, kEnd)) {
      end(line);
    } else if (label_) {
      take_content(line);
    } else if (is_cut_ && !line.empty() && kBegin.starts_with(line)) {
      fail_at(line_, "the file ends within a line that begins a block");
    }
  }

  void begin(std::string_view line) {
    const auto label = label_of(line, kBegin);
    if (!label) {
      fail_at(line_, "a line that begins a block has to be '-----BEGIN ...-----' and no more");
    } else if (label_) {
      fail_at(line_, fmt::format("block {} has no end before the next begins", *label_));
    } else {
      label_ = label;
      began_ = line_;
      digits_.clear();
    }
  }

  void end(std::string_view line) {
    const auto label = label_of(line, kEnd);
    if (!label) {
      fail_at(line_, "a line that ends a block has to be '-----END ...-----' and no more");
    } else if (!label_ || *label_ != *label) {
      fail_at(line_, fmt::format("block {} ends without having begun", *label));
    } else {
      finish(*label);
    }
  }

  [[nodiscard]] bool is_private() const { return contains(*label_, "PRIVATE KEY"); }

  void take_content(std::string_view line) {
    // Those of private keys are neither decoded nor copied, and may have a head (RFC 1421).
    if (is_private()) return;
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    if (line.find_first_not_of(kDigits) != std::string_view::npos) {
      fail_at(line_, fmt::format("block {} is no base 64 here", *label_));
      return;
    }
    digits_ += line;
  }

  void finish(std::string_view label) {
    auto octets = from_base64(digits_);
    if (!octets) {
      fail_at(began_, fmt::format("block {} is no base 64", label));
      return;
    }
    blocks.push_back({label, *std::move(octets)});
    label_.reset();
  }

  std::uint32_t line_ = 0;
  std::uint32_t began_ = 0;                  ///< the line of the block's beginning
  std::optional<std::string_view> label_{};  ///< of the block that has begun
  std::string digits_{};
  bool is_cut_ = false;  ///< the line has no end
};

Error error_of(const PemDamage& damage) {
  return {Errc::kBadInput, fmt::format("line {}: {}", damage.line, damage.what)};
}

}  // namespace

bool is_pem(ByteView octets) {
  return contains(as_text(octets), kBegin);
}

std::optional<PemDamage> find_damage(ByteView octets) {
  if (!is_pem(octets)) return std::nullopt;
  Reading reading;
  reading.run(as_text(octets));
  return std::move(reading.damage);
}

Result<void> check_pem(ByteView octets) {
  const auto damage = find_damage(octets);
  if (damage) return tl::unexpected(error_of(*damage));
  return {};
}

Result<std::vector<PemBlock>> pem_blocks(std::string_view text) {
  Reading reading;
  reading.run(text);
  if (reading.damage) return tl::unexpected(error_of(*reading.damage));
  return std::move(reading.blocks);
}

}  // namespace danewerk::crypto
