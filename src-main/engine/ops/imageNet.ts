/** Mean and standard deviation of ImageNet's training images per channel, for pixels in 0 … 1; those of timm and torchvision. */
export const imageNetMean = [0.485, 0.456, 0.406] as const
export const imageNetDeviation = [0.229, 0.224, 0.225] as const
