# Read by CMake inside llama.cpp's own project: its helper library serves only its command-line
# tools, which we do not build. Leaving it out halves the time of the build.
set(LLAMA_BUILD_COMMON OFF)
