#pragma once
/// Files of block devices below /dev, found by device number: a name there promises nothing, and in
/// a container /dev/sdb may be the file of loop6.
#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kgnode::sys {

/// The number of the block device whose file this is, through links; none when it is no such file.
using NumberOf = std::function<std::optional<dev_t>(const std::string& path)>;
std::optional<dev_t> read_block_number(const std::string& path);

/// Paths by number; links are not followed, other file systems below `folder` not entered.
std::map<dev_t, std::vector<std::string>> list_device_files(const std::string& folder,
                                                            const NumberOf& number_of);
/// Names of the links in `folder` by the number of what they lead to.
std::map<dev_t, std::vector<std::string>> list_device_links(const std::string& folder,
                                                            const NumberOf& number_of);

/// What udev knows of a device; nothing where no udev runs, as in a container.
std::map<std::string, std::string> read_udev_properties(dev_t number);

}  // namespace kgnode::sys
